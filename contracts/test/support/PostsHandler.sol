// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {AuditRegistry} from "../../src/AuditRegistry.sol";
import {EpochReport, EpochRoot, Seat} from "../../src/Types.sol";
import {Actors} from "./RegistryTest.sol";
import {StakesDouble} from "./StakesDouble.sol";
import {VM} from "./Vm.sol";

/// @dev A few operators with stakes and nodes, who report and post roots in any order, right and wrong ones, with a memory of
/// what was accepted.
contract PostsHandler is Actors {
    struct Chain {
        uint64 effective;
        bytes32 secret;
    }

    uint256 public constant OPERATORS = 7;
    uint256 private constant CHAIN_LENGTH = 100;
    uint256 private constant NODES_MAX = 12;

    mapping(address operator => Chain[]) private _chains;
    mapping(address signer => uint256) private _keys;
    mapping(address operator => uint64[]) public reportedEpochs;
    mapping(address operator => mapping(uint64 epoch => bytes32)) public reportHashes;
    uint64[] public rootEpochs;
    mapping(uint64 epoch => bytes32) public rootHashes;
    bytes32[] public nodeIds;
    /// Fingerprint of each epoch's sets and policy, taken when the epoch became final.
    bytes32[] public frozen;
    /// A call that had to succeed failed, or one that had to fail succeeded.
    string public surprise;

    constructor(AuditRegistry registry_, StakesDouble stakes_) {
        (registry, stakes) = (registry_, stakes_);
        _freeze();
        // all but one are there from the start, so that short runs get to reports too
        for (uint256 i = 1; i < OPERATORS; ++i) {
            register(i, keccak256(abi.encode("first secret", i)));
            addNode(i);
        }
        advance(2, 0);
    }

    function reportCount(address operator) external view returns (uint256) {
        return reportedEpochs[operator].length;
    }

    function rootTotal() external view returns (uint256) {
        return rootEpochs.length;
    }

    function nodeTotal() external view returns (uint256) {
        return nodeIds.length;
    }

    function frozenTotal() external view returns (uint256) {
        return frozen.length;
    }

    function advance(uint8 epochs, uint16 extra) public {
        uint64 next = registry.currentEpoch() + epochs % 3 + 1;
        VM.warp(registry.epochStart(next) + extra % EPOCH_SECONDS);
        VM.roll(block.number + 1);
        _freeze();
    }

    function register(uint256 i, bytes32 secret) public {
        address operator = operatorOf(i % OPERATORS);
        address signer = _signer(i % OPERATORS, 0);
        VM.prank(operator);
        try registry.registerValidator(signer, seedAt(secret, CHAIN_LENGTH, 0), "https://v.example") {
            _chains[operator].push(Chain(registry.currentEpoch() + 2, secret));
        } catch {}
    }

    function restake(uint256 i, uint256 stake) external {
        stakes.set(operatorOf(i % OPERATORS), 0, stake % 4 == 0 ? 0 : between(stake >> 8, 1_000, 9_000));
    }

    function rotate(uint256 i, bytes32 secret) external {
        address operator = operatorOf(i % OPERATORS);
        VM.prank(operator);
        try registry.rotateSeed(seedAt(secret, CHAIN_LENGTH, 0)) {
            Chain[] storage chains = _chains[operator];
            uint64 effective = registry.currentEpoch() + 2;
            if (chains[chains.length - 1].effective == effective) chains.pop();
            chains.push(Chain(effective, secret));
        } catch {}
    }

    function changeKey(uint256 i, uint8 key) external {
        address signer = _signer(i % OPERATORS, key % 4);
        VM.prank(operatorOf(i % OPERATORS));
        try registry.updateValidator(signer, "https://new.example") {} catch {}
    }

    function addNode(uint256 i) public {
        if (nodeIds.length == NODES_MAX) return;
        nodeIds.push(registerNodeOf(operatorOf(i % OPERATORS), 1 + nodeIds.length));
    }

    function updateNode(uint256 which, uint32 vram, uint8 luck) external {
        bytes32 nodeId = nodeIds[which % nodeIds.length];
        (, address operator,,,) = registry.nodeKey(nodeId);
        VM.prank(operator);
        if (luck % 8 == 0) try registry.retireNode(nodeId) {}
            catch {} else try registry.updateNode(nodeId, "https://n.example", CLASS, vram) {} catch {}
    }

    /// The everyday case: an epoch passes, then reports are posted.
    function advanceAndReport(uint256 i) external {
        advance(0, 0);
        report(i);
        report(i % OPERATORS + 1);
    }

    /// A right report about the epoch before is accepted until the deadline, once, and never after.
    function report(uint256 i) public {
        address operator = operatorOf(i % OPERATORS);
        (uint64 last,,) = registry.lastReport(operator);
        uint64 epoch = registry.currentEpoch() - 1;
        address signer = registry.signerAt(operator, epoch);
        if (last >= epoch || signer == address(0) || _chainOf(operator, epoch).effective + CHAIN_LENGTH <= epoch) {
            return;
        }
        EpochReport memory made = reportOf(operator, epoch, _seed(operator, epoch));
        made.policyHash = registry.policyAt(epoch);
        bytes memory signature = signedBy(_keys[signer], made);
        bool inTime = block.timestamp < registry.epochStart(epoch + 1) + REPORT_SECONDS;
        try registry.postReport(made, signature) {
            if (!inTime) surprise = "late report accepted";
            reportedEpochs[operator].push(epoch);
            reportHashes[operator][epoch] = registry.hashReport(made);
        } catch {
            if (inTime) surprise = "right report refused";
        }
    }

    /// Another report for an epoch that is taken or passed must never be accepted.
    function reportAgain(uint256 i, uint256 choice, bytes32 root) external {
        address operator = operatorOf(i % OPERATORS);
        (uint64 last,,) = registry.lastReport(operator);
        if (last == 0) return;
        uint64 epoch = uint64(between(choice, 2, last));
        address signer = registry.signerAt(operator, epoch);
        if (signer == address(0) || _chainOf(operator, epoch).effective + CHAIN_LENGTH <= epoch) return;
        EpochReport memory made = reportOf(operator, epoch, _seed(operator, epoch));
        made.auditRoot = root;
        bytes memory signature = signedBy(_keys[signer], made);
        try registry.postReport(made, signature) {
            surprise = "epoch reported twice";
        } catch {}
    }

    /// An epoch passes until its reveal, then a root is posted.
    function advanceAndPost(uint256 choice, uint256 absent, uint8 policy) external {
        advance(0, uint16(REPORT_SECONDS));
        postRoot(choice, absent, policy);
    }

    /// A root for any epoch after the last one that has been revealed stands exactly when two thirds of the weight signed.
    function postRoot(uint256 choice, uint256 absent, uint8 policy) public {
        uint64 newest = registry.currentEpoch() - 1;
        if (block.timestamp < registry.epochStart(newest + 1) + REPORT_SECONDS) --newest;
        (uint64 last,) = registry.lastRoot();
        if (newest <= last || newest < 2) return;
        uint64 epoch = uint64(between(choice, last + 1 > 2 ? last + 1 : 2, newest));
        EpochRoot memory root = rootOf(epoch);
        root.round = uint32(choice);
        root.policyHash =
            policy % 4 == 0 ? keccak256(abi.encode("policy", policy)) : registry.policyAt(type(uint64).max);
        (bool accepted, bool quorum) = _post(root, ~(absent & absent >> 8));
        if (accepted != quorum) surprise = accepted ? "root without quorum" : "right root refused";
        if (!accepted) return;
        rootEpochs.push(epoch);
        rootHashes[epoch] = registry.hashRoot(root);
    }

    /// Another root for an epoch that is taken or passed must never be accepted, whoever signs.
    function postAgain(uint256 choice, bytes32 scoreRoot) external {
        (uint64 last,) = registry.lastRoot();
        if (last == 0) return;
        EpochRoot memory root = rootOf(uint64(between(choice, 2, last)));
        root.scoreRoot = scoreRoot;
        (bool accepted,) = _post(root, type(uint256).max);
        if (accepted) surprise = "epoch posted twice";
    }

    /// What is in effect at an epoch: the seats, the policy, how many nodes, and of nodes and operators one that differs by
    /// epoch, so that a run looks at all of them.
    function fingerprint(uint64 epoch) public view returns (bytes32) {
        address operator = operatorOf(epoch % OPERATORS);
        (, uint64 base, bytes32 tip) = registry.seedTipAt(operator, epoch);
        uint32 nodes = registry.nodeCountAt(epoch);
        bytes32 sets = keccak256(abi.encode(registry.activeSetAt(epoch), registry.policyAt(epoch), nodes));
        if (nodes > 0) sets = keccak256(abi.encode(sets, registry.nodeAt(uint32(epoch % nodes), epoch)));
        return keccak256(abi.encode(sets, registry.validatorAt(operator, epoch), base, tip));
    }

    /// @dev Posts with the signatures of those seats of the root's epoch that `wanted` names.
    function _post(EpochRoot memory root, uint256 wanted) private returns (bool accepted, bool quorum) {
        Seat[] memory seats = registry.activeSetAt(root.epoch);
        (uint256 signed, uint256 total, uint256 bitmap) = (0, 0, 0);
        bytes memory signatures;
        for (uint256 i = 0; i < seats.length; ++i) {
            total += seats[i].weight;
            if (wanted >> i & 1 == 0) continue;
            signed += seats[i].weight;
            bitmap |= 1 << i;
            signatures = abi.encodePacked(signatures, rootSignedBy(_keys[seats[i].signer], root));
        }
        quorum = seats.length > 0 && 3 * signed >= 2 * total;
        try registry.postEpoch(root, bitmap, signatures) {
            accepted = true;
        } catch {}
    }

    function _freeze() private {
        while (frozen.length <= registry.currentEpoch() + 1) frozen.push(fingerprint(uint64(frozen.length)));
    }

    function _signer(uint256 i, uint256 key) private returns (address signer) {
        uint256 privateKey = keyOf(4 * i + key);
        signer = VM.addr(privateKey);
        _keys[signer] = privateKey;
    }

    function _chainOf(address operator, uint64 epoch) private view returns (Chain storage) {
        Chain[] storage chains = _chains[operator];
        uint256 index = chains.length - 1;
        while (chains[index].effective > epoch) --index;
        return chains[index];
    }

    function _seed(address operator, uint64 epoch) private view returns (bytes32) {
        Chain storage chain = _chainOf(operator, epoch);
        return seedAt(chain.secret, CHAIN_LENGTH, epoch - chain.effective + 1);
    }
}
