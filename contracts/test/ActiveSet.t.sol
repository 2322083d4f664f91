// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {SEATS_MAX} from "../src/Limits.sol";
import {StakeGate} from "../src/StakeGate.sol";
import {Seat} from "../src/Types.sol";
import {Validators} from "../src/Validators.sol";
import {RegistryTest} from "./support/RegistryTest.sol";
import {VM} from "./support/Vm.sol";

/// Who gets a seat, and from when.
contract ActiveSetTest is RegistryTest {
    function testFuzz_RegistrationNeedsStake(uint256 have) external {
        have = between(have, 0, 999);
        stakes.setQuietly(ALICE, 0, have);
        VM.expectRevert(abi.encodeWithSelector(StakeGate.StakeTooLow.selector, have, 1_000));
        registerAlice(keccak256("tip"));
        stakes.setQuietly(ALICE, 0, 1_000);
        registerAlice(keccak256("tip"));
        same(registry.validatorCountAt(2), 1, "seats");
    }

    function testFuzz_SeatsTellStakeAndWeight(uint256 stake, uint64 epoch) external {
        stake = between(stake, 1_000, type(uint256).max - 1);
        epoch = uint64(between(epoch, 0, type(uint32).max));
        goTo(epoch);
        registerNumber(0, stake);
        registerNumber(1, 2_000);
        same(registry.activeSetAt(epoch + 1).length, 0, "too soon");
        Seat[] memory seats = registry.activeSetAt(epoch + 2);
        same(seats.length, 2, "seats");
        same(seats[0].operator, operatorOf(0), "operator");
        same(seats[0].signer, VM.addr(keyOf(0)), "signer");
        same(seats[0].stake, stake > type(uint96).max ? type(uint96).max : stake, "stake");
        same(seats[0].weight, stake < 2_000 ? stake : 2_000, "weight");
        same(registry.signerAt(operatorOf(0), epoch + 2), seats[0].signer, "signer at");
        same(registry.signerAt(operatorOf(0), epoch + 1), address(0), "signer before");
    }

    /// Anybody's word about a change is as good as the stakes' own, since the stakes are asked.
    function testFuzz_StakeChangesTakeEffectTwoEpochsLater(address caller, uint96 stake, uint8 wait) external {
        registerCrowd(2);
        uint64 epoch = 1 + uint64(wait);
        goTo(epoch);
        stakes.setQuietly(operatorOf(1), 0, stake);
        VM.prank(caller);
        registry.stakeChanged(operatorOf(1));
        same(registry.activeSetAt(epoch + 1)[1].stake, 5_000, "before");
        bool seated = stake >= 1_000;
        same(registry.validatorCountAt(epoch + 2), seated ? 2 : 1, "seats");
        yes(registry.validatorAt(operatorOf(1), epoch + 2).active == seated, "active");
        yes(registry.validatorAt(operatorOf(1), epoch + 1).active, "active before");
        if (seated) same(registry.activeSetAt(epoch + 2)[1].stake, stake, "after");
    }

    function testFuzz_StrangersChangeNothing(address stranger) external {
        registerCrowd(3);
        for (uint256 i = 0; i < 3; ++i) {
            VM.assume(stranger != operatorOf(i));
        }
        bytes32 before = keccak256(abi.encode(registry.activeSetAt(2)));
        registry.stakeChanged(stranger);
        same(keccak256(abi.encode(registry.activeSetAt(2))), before, "set");
    }

    /// A seat lost for want of stake comes back with it, in the same epoch or later.
    function testFuzz_SeatsComeBack(uint8 wait) external {
        registerCrowd(3);
        goTo(1);
        stakes.set(operatorOf(0), 0, 999);
        uint64 epoch = 1 + uint64(wait);
        goTo(epoch);
        stakes.set(operatorOf(0), 0, 1_000);
        same(registry.validatorCountAt(epoch + 2), 3, "after");
        yes(registry.validatorAt(operatorOf(0), epoch + 2).active, "active");
        if (wait > 0) {
            no(registry.validatorAt(operatorOf(0), 3).active, "without");
            same(registry.validatorCountAt(3), 2, "seats without");
            same(registry.activeSetAt(3)[0].operator, operatorOf(2), "the last took the empty seat");
        }
    }

    function test_TheLeastGivesWay() external {
        registerCrowd(SEATS_MAX);
        stakes.set(operatorOf(20), 0, 4_000);
        registerNumber(31, 4_000);
        no(registry.validatorAt(operatorOf(31), 2).active, "as much isn't more");
        registerNumber(32, 4_001);
        same(registry.validatorCountAt(2), SEATS_MAX, "seats");
        same(registry.activeSetAt(2)[20].operator, operatorOf(32), "takes that seat");
        no(registry.validatorAt(operatorOf(20), 2).active, "lost");
        same(registry.signerAt(operatorOf(20), 2), address(0), "signs no more");
        same(registry.validatorBySigner(VM.addr(keyOf(20)), 2), address(0), "nor is found");

        // a later epoch: what is in effect stays
        goTo(2);
        stakes.set(operatorOf(31), 0, 4_500);
        no(registry.validatorAt(operatorOf(31), 3).active, "not yet");
        yes(registry.validatorAt(operatorOf(32), 3).active, "still");
        yes(registry.validatorAt(operatorOf(31), 4).active, "in its stead");
        no(registry.validatorAt(operatorOf(32), 4).active, "out");
        same(registry.validatorTotal(), 33, "all stay registered");
    }

    /// A seat that falls free waits for whoever is told of: nobody is looked for in an open-ended list.
    function test_FreeSeatsAreTakenOnCall() external {
        registerCrowd(SEATS_MAX);
        registerNumber(31, 1_000);
        VM.prank(operatorOf(3));
        registry.retireValidator();
        same(registry.validatorCountAt(2), SEATS_MAX - 1, "free");
        registry.stakeChanged(operatorOf(3));
        same(registry.validatorCountAt(2), SEATS_MAX - 1, "the retired one gets none");
        VM.expectEmit(true, true, true, true, address(registry));
        emit Validators.SeatTaken(operatorOf(31), 2);
        registry.stakeChanged(operatorOf(31));
        same(registry.validatorCountAt(2), SEATS_MAX, "taken");
        yes(registry.validatorAt(operatorOf(31), 2).active, "active");
    }

    function test_LosingASeatIsTold() external {
        registerCrowd(2);
        VM.expectEmit(true, true, true, true, address(registry));
        emit Validators.SeatLost(operatorOf(0), 2);
        stakes.set(operatorOf(0), 0, 0);
    }

    function test_ANewSignerKeepsTheSeat() external {
        registerCrowd(3);
        goTo(1);
        VM.prank(operatorOf(1));
        registry.updateValidator(address(0x77), "https://v.example");
        Seat[] memory seats = registry.activeSetAt(3);
        same(seats.length, 3, "seats");
        same(seats[1].signer, address(0x77), "signer");
        same(seats[1].operator, operatorOf(1), "operator");
        same(registry.activeSetAt(2)[1].signer, VM.addr(keyOf(1)), "before");
    }

    /// A validator that only changes its URL leaves the set as it is.
    function test_AUrlMovesNoSeat() external {
        registerCrowd(2);
        goTo(1);
        VM.startPrank(operatorOf(1));
        registry.updateValidator(VM.addr(keyOf(1)), "https://new.example");
        same(registry.validatorAt(operatorOf(1), 3).url, "https://new.example", "url");
        same(keccak256(abi.encode(registry.activeSetAt(3))), keccak256(abi.encode(registry.activeSetAt(2))), "set");
    }
}

/// A full set, in which each richer newcomer takes the seat of the poorest.
contract FullSetTest is RegistryTest {
    uint256 private constant NEWCOMERS = 9;

    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < SEATS_MAX; ++i) {
            registerNumber(i, _stake(i));
        }
    }

    /// After any newcomers the seats are those of a plain model.
    function testFuzz_SeatsFollowTheModel(uint16[NEWCOMERS] calldata drawn) external {
        uint256[] memory model = new uint256[](SEATS_MAX); // stake and number of each seat
        for (uint256 i = 0; i < SEATS_MAX; ++i) {
            model[i] = _stake(i) << 8 | i;
        }
        for (uint256 i = 0; i < NEWCOMERS; ++i) {
            uint256 stake = 1_000 + drawn[i] % 16;
            registerNumber(SEATS_MAX + i, stake);
            uint256 least = 0;
            for (uint256 seat = 1; seat < SEATS_MAX; ++seat) {
                if (model[seat] >> 8 < model[least] >> 8) least = seat;
            }
            if (stake > model[least] >> 8) model[least] = stake << 8 | (SEATS_MAX + i);
        }
        Seat[] memory seats = registry.activeSetAt(2);
        same(seats.length, SEATS_MAX, "seats");
        for (uint256 seat = 0; seat < SEATS_MAX; ++seat) {
            same(seats[seat].operator, operatorOf(model[seat] & 0xff), "operator");
            same(seats[seat].stake, model[seat] >> 8, "stake");
        }
        uint256 active = 0;
        for (uint256 i = 0; i < SEATS_MAX + NEWCOMERS; ++i) {
            if (registry.validatorAt(operatorOf(i), 2).active) ++active;
        }
        same(active, SEATS_MAX, "as many active as seated");
    }

    /// @dev Many ties.
    function _stake(uint256 i) private pure returns (uint256) {
        return 1_000 + i * 7 % 16;
    }
}
