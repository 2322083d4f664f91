// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SEATS_MAX} from "../src/Limits.sol";
import {EpochReport, EpochRoot} from "../src/Types.sol";
import {RegistryTest} from "./support/RegistryTest.sol";
import {VM} from "./support/Vm.sol";

/// What an epoch costs on chain stays within its aims, at 31 seats, from cold storage, calldata and base fee included.
contract GasTest is RegistryTest {
    uint256 private constant REPORT_GAS_MAX = 120_000;
    uint256 private constant ROOT_GAS_MAX = 350_000;
    bytes32 private constant SECRET = keccak256("secret");

    function setUp() public override {
        super.setUp();
        registerCrowd(SEATS_MAX - 1);
        registerAlice(seedAt(SECRET, 100, 0));
        registerNodeOf(BOB, 7);
        for (uint64 epoch = 2; epoch < 5; ++epoch) {
            postInTime(reportOf(ALICE, epoch, seedAt(SECRET, 100, epoch - 1)));
            goToReveal(epoch);
            postRoot(rootOf(epoch), (1 << 21) - 1);
        }
    }

    function test_AReport() external {
        goTo(6);
        EpochReport memory report = reportOf(ALICE, 5, seedAt(SECRET, 100, 4));
        uint256 used = _send(abi.encodeCall(registry.postReport, (report, signedBy(SIGNER_KEY, report))));
        yes(used <= REPORT_GAS_MAX, VM.toString(used));
    }

    function test_ARootOf21Signatures() external {
        goToReveal(5);
        EpochRoot memory root = rootOf(5);
        uint256 seats = (1 << 21) - 1;
        uint256 used = _send(abi.encodeCall(registry.postEpoch, (root, seats, rootSignedByCrowd(root, seats))));
        yes(used <= ROOT_GAS_MAX, VM.toString(used));
    }

    /// @dev As a transaction of its own would cost: everything before is committed by setUp, and cold.
    function _send(bytes memory data) private returns (uint256 used) {
        for (uint256 i = 0; i < data.length; ++i) {
            used += data[i] == 0 ? 4 : 16;
        }
        VM.cool(address(registry));
        registry.GENESIS(); // a transaction's own target is warm; this reads no storage
        uint256 before = gasleft();
        (bool done,) = address(registry).call(data);
        used += 21_000 + before - gasleft();
        yes(done, "accepted");
    }
}
